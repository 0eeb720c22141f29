"""How the routes of web/studio/rehearsal.py are asked for, for the table of rights."""
