"""What open deals will bring, month by month, as it stands now and as it stood when snapshots were taken."""
