"""The school on this machine: one process, one port, one person, and a work folder in which nothing is overwritten."""
