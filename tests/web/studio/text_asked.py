"""How the routes of web/studio/text.py are asked for, for the table of rights."""
