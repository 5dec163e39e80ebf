"""A sum of squares on two workers of Dask: needs `distributed`."""

from dask.distributed import Client, LocalCluster


def squares(start, stop):
    return [n**2 for n in range(start, stop)]


def main(client):
    # The lists stay with the workers that have made them.
    lists = client.map(squares, range(0, 100, 10), range(10, 110, 10))
    sums = client.map(sum, lists)
    print("sum:", client.submit(sum, sums).result())


if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1) as cluster:
        with Client(cluster) as client:  # or Client("tcp://HOST:8786")
            main(client)
