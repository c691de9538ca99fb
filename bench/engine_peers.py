"""One peer's processor seconds on a file of touchpoints; run by `bench.engine` in an environment that has the peers.

python engine_peers.py channelattribution|mam FILE.parquet
"""

import json
import sys
import time


def channelattribution(frame: object) -> None:
    """Paths, then first, last and linear, then Markov of order 1 by simulation."""
    import ChannelAttribution as peer  # noqa: N813, PLC0415 - only in the bench's own environment
    import polars as pl  # noqa: PLC0415 - as above

    paths = (
        frame.group_by("user_id", maintain_order=True)
        .agg(pl.col("channel").str.join(">").alias("path"), pl.col("conversion").any(), pl.col("value").sum())
        .with_columns(pl.col("conversion").cast(pl.Int64), (~pl.col("conversion")).cast(pl.Int64).alias("null"))
        .group_by("path")
        .agg(pl.col("conversion").sum(), pl.col("value").sum(), pl.col("null").sum())
        .to_pandas()
    )
    peer.heuristic_models(paths, "path", "conversion", var_value="value", sep=">", flg_pro=False)
    peer.markov_model(
        paths, "path", "conversion", var_value="value", var_null="null", sep=">", verbose=False, flg_pro=False
    )


def mam(frame: object) -> None:
    """The five rules and Markov of order 1."""
    from mam.core import MAM  # noqa: PLC0415 - only in the bench's own environment

    peer = MAM(
        df=frame, format_type="session", channels_colname="channel", journey_with_conv_colname="conversion",
        datetime_colname="datetime", user_id_colname="user_id",
    )  # fmt: skip
    for run in ("first_click", "last_click", "linear", "position_based", "time_decay", "markov"):
        getattr(peer, f"run_{run}")()


def main() -> None:
    """Read the file, then time the work."""
    import polars as pl  # noqa: PLC0415 - only in the bench's own environment

    frame = pl.read_parquet(sys.argv[2])
    begun = time.process_time()
    {"channelattribution": channelattribution, "mam": mam}[sys.argv[1]](frame)
    print(json.dumps({"seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main()
