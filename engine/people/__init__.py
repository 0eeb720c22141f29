"""People who use Stayline: roles, teams, sign-in."""
