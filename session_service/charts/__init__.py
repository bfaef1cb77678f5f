"""Owns pictures of trends (SVG): drawn by a child process of a job, which alone imports matplotlib,
and kept until their facts change.
"""
