"""Those who consume events from outside: let in, watched, shown out, each apart from the rest."""
