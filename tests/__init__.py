"""The tests go through the front door: the command line, the app under Pilot, the API by socket."""
