"""How the practice's values come to be: quotas and calendar first, then recipes of people, schedule, clinic and billing."""
