"""What the pages share: provenance, frame, controls, components, lessons."""
