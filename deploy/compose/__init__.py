"""What compose.yaml and the Dockerfile run besides StudyZed itself."""
