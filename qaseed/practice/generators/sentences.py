"""The sentences of notes: invented, without dates or names; verbs in the past tense, which suits every pronoun."""

from __future__ import annotations

from qaseed.compatibility import PHRASES

REPORTS = (
    "a calmer week with fewer intrusive thoughts",
    "trouble falling asleep on most nights",
    "more energy in the mornings",
    "tension at work after a change of schedule",
    "that the breathing practice helped twice this week",
    "worry that came and went in the evening",
    "having gone for a walk on four days",
    "low mood for part of the weekend",
    "less avoidance of phone calls and errands",
    "a disagreement at home that was talked through afterwards",
    "steady appetite and a regular bedtime",
    "feeling tired but less on edge than last time",
    "one panic episode that passed within ten minutes",
    "difficulty concentrating on longer tasks",
    "dread before the start of the week",
    "a good visit with relatives after months of distance",
    "irritability in the late afternoon",
    "having kept the mood log on five days",
    "an urge to cancel today's visit, and pride in coming anyway",
    "loneliness in the evenings",
    "sleeping through on three nights",
    "a setback after a stressful phone call",
    "renewed interest in cooking and music",
    "fewer arguments about chores",
)
DETAILS = (
    "rated the week six out of ten",
    "used the grounding exercise during a crowded bus ride",
    "put off two errands and finished a third",
    "noticed the first signs earlier than before",
    "asked for help at home and received it",
    "skipped the gym but kept the evening walk",
    "spoke up in a meeting after weeks of silence",
    "cut down on coffee after noon",
    "wrote down the thoughts that came before the worry",
    "turned the phone off an hour before bed",
    "kept the plan for the weekend",
    "felt guilty about resting and rested anyway",
)
THEMES = (
    "Most of the time went to what keeps the worry going",
    "The session turned on expectations at home",
    "The focus was on sleep and routines",
    "Recent losses and what has changed since were explored",
    "Patterns of avoidance were traced together",
    "Strengths that helped before were named",
    "Conflict and how to leave it early was rehearsed",
    "The week's log was read together line by line",
    "Values and the next small step were discussed",
    "Return to activities was planned in small steps",
    "Self-criticism and a kinder answer to it were practised",
    "Stress at work and its limits were discussed",
)
METHODS = (
    "cognitive restructuring",
    "behavioural activation",
    "paced breathing and grounding",
    "motivational interviewing",
    "problem solving in steps",
    "exposure in small steps",
    "sleep hygiene and stimulus control",
    "emotion regulation skills",
    "communication exercises",
    "psychoeducation about the cycle of anxiety",
)
MOODS = (
    "Mood was euthymic, affect full range",
    "Mood was mildly anxious, affect congruent",
    "Mood was low, affect restricted",
    "Mood was described as tired, affect appropriate",
    "Mood was brighter than last time, affect reactive",
    "Mood was irritable at first and settled",
)
OBSERVATIONS = (
    "Speech was normal in rate and volume",
    "Eye contact was good, thought process linear",
    "Alert and oriented, engaged throughout",
    "Dressed casually, movements unhurried",
    "Tearful once and able to continue",
    "Thought content without delusions, insight fair",
)
ASSESSMENTS = (
    "Progress toward the goals of the plan is steady",
    "Symptoms are improving and functioning is stable",
    "Symptoms are unchanged since the last contact",
    "A mild setback, with good use of coping skills",
    "Response to the current approach is partial",
    "Treatment remains appropriate at this level of care",
    "Insight into triggers has grown",
    "Motivation is good, follow-through is mixed",
    "Gains from the last weeks are holding",
)
MEDICATION = (
    "Current medication is tolerated, no side effects of note",
    "Mild morning drowsiness, otherwise well tolerated",
    "Doses were missed twice, reasons discussed",
    "Benefit is partial at the current dose",
    "Appetite and sleep are improved on the current dose",
    "No change of dose today",
)
HOMEWORK = (
    "Practise paced breathing daily and keep a short log",
    "Plan two pleasant activities before the next contact",
    "Keep the sleep schedule and limit screens in the evening",
    "Write down one worry a day with an answer to it",
    "Take one small step on the avoided task",
    "Continue the walks, with company once",
    "Use the grounding exercise at the first sign of panic",
    "Share the weekly plan at home",
    "Note what went well, once each evening",
)
NEXT_VISIT = {1: "Next visit in one week", 2: "Next visit in two weeks", 4: "Next visit in four weeks"}
CALLS = (
    "about a change of appointment",
    "about sleep since the last visit",
    "to ask about side effects",
    "about a form for work",
    "after a difficult day",
    "to confirm the crisis plan",
)
CONTACTS = (
    "with the school counselor, with consent",
    "with the primary care office, with consent",
    "with the case manager, with consent",
    "with a family member, with consent on file",
)
GOALS = (
    "sleep at least seven hours on five nights a week",
    "return to two activities given up since last year",
    "score below ten on the questionnaires",
    "speak up at work once a week",
    "ride the bus without leaving early",
    "argue without leaving the room",
    "keep a weekly routine for a month",
)
YOUNG_BELOW = 14
"""Below this age there are other sentences, and the guardian calls."""
YOUNG_REPORTS = (
    "a better week at school",
    "trouble falling asleep without the light on",
    "worry before tests",
    "two quarrels in the playground",
    "more patience with brothers and sisters",
    "stomach aches on school mornings",
    "a good day with friends",
    "tears at bedtime",
    "having finished homework on four days",
    "anger that passed more quickly",
    "a new interest in drawing",
    "missing a parent during the week",
)
YOUNG_DETAILS = (
    "drew the week as a weather map",
    "used belly breathing before a test",
    "earned six stars on the chart",
    "asked a teacher for help once",
    PHRASES["worry"],
    "kept the bedtime routine",
    "took turns in a game without a quarrel",
    "named three feelings without prompting",
)
YOUNG_THEMES = (
    "Feelings were named with cards and a drawing",
    "A story about worry was written together",
    "Turn-taking was practised in play",
    "The chart of the week was looked at together",
    "A calm-down plan for school was rehearsed",
    "Routines at home were planned with the guardian",
)
YOUNG_GOALS = (
    "fall asleep within half an hour on five nights a week",
    "stay in class all day",
    "use the calm-down plan before shouting",
    "finish homework on four days a week",
)
YOUNG_HOMEWORK = (
    "Practise belly breathing at bedtime",
    "Keep the star chart on the fridge",
    "Draw one worry a day and put it in the box",
    "Read the story about worry together",
    "Keep the bedtime routine at weekends too",
)
YOUNG_CALLS = (
    "about a change of appointment",
    "about sleep since the last visit",
    "to ask about side effects",
    "about a form for school",
    "after a difficult day",
)
LABELS = {
    "F32": "Major depressive disorder, single episode",
    "F33": "Major depressive disorder, recurrent",
    "F41.1": "Generalized anxiety disorder",
    "F41.0": "Panic disorder",
    "F41.9": "Anxiety disorder",
    "F40": "Social anxiety disorder",
    "F43.2": "Adjustment disorder",
    "F43.1": "Post-traumatic stress disorder",
    "F90": "Attention-deficit hyperactivity disorder",
    "F31": "Bipolar disorder",
    "F1": "Substance use disorder",
    "F84": "Autism spectrum disorder",
    "F42": "Obsessive-compulsive disorder",
    "F50": "Eating disorder",
    "F60": "Borderline personality disorder",
    "F93": "Separation anxiety of childhood",
    "Z": "A problem of life circumstances",
}
"""Our own short labels of diagnoses, by the beginning of the code."""
MET = {"in_person": "Seen in person at the office", "video": "Seen via secure video", "phone": "Session held by phone"}
