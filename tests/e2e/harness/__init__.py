"""What the end-to-end tests stand on: processes, origins, raw clients. No test lives here."""
