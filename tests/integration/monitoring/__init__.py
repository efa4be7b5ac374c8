"""What watches runs, against real servers on this machine."""
