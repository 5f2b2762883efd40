"""The driven side: each adapter implements a port, and none knows another."""
