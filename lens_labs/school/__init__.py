"""The school around the labs: editions, delivery to students, runs, and the local server that serves it all."""
