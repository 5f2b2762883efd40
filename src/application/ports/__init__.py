"""What the application needs of the world: one Protocol a file, each implemented by an adapter."""
