"""What people let others see of them in chats."""
