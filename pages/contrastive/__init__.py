"""Pages on contrastive learning."""
