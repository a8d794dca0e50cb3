"""A language model in a child process that may die without taking the program along."""
