"""Owns what a test's results say of its questions (S24), each number with its uncertainty. What is
counted here is counted by a child process of a job, which alone imports numpy.
"""
