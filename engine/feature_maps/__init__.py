"""Real activations of a network for one picture, with pretrained weights where they can be had."""

from __future__ import annotations

from engine.download import CancelledError, DownloadError, RemoteFile
from engine.feature_maps.activations import FeatureMap, FeatureMapError, FeatureMaps, feature_maps
from engine.feature_maps.weights import Network, cached, load_weights, network, remote_file

__all__ = [
    "CancelledError",
    "DownloadError",
    "FeatureMap",
    "FeatureMapError",
    "FeatureMaps",
    "Network",
    "RemoteFile",
    "cached",
    "feature_maps",
    "load_weights",
    "network",
    "remote_file",
]
