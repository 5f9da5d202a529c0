"""The network that a replication instance needs: looked up, and checked before anything is created."""
