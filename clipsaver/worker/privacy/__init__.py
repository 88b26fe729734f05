"""What is kept for how long, and what is noticed: chores that one of all workers does."""
