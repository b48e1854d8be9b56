"""The practice's values: apportionment, caseloads, calendar, and the recipes of people, visits, notes and billing."""
