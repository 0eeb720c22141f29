"""How the routes of web/studio/translation.py are asked for, for the table of rights."""
