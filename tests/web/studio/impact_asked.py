"""How the routes of web/studio/impact.py are asked for, for the table of rights."""
