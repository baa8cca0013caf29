"""One peer of a libtorrent swarm, beside which the exchange is measured; Debian's python3 runs it, for python3-libtorrent.

torrent.py make FILE TORRENT              hashes the file, as has to be done before anybody can begin
torrent.py peer TORRENT FOLDER ADDRESS PEER…  takes part from FOLDER; says "done" once all is there, and goes on giving
"""

import sys
import time
from pathlib import Path

import libtorrent

PORT = 7702


def make(file: Path, torrent: Path):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, str(file))
    made = libtorrent.create_torrent(files, flags=libtorrent.create_torrent.v2_only)
    libtorrent.set_piece_hashes(made, str(file.parent))
    torrent.write_bytes(libtorrent.bencode(made.generate()))


def peer(torrent: Path, folder: Path, address: str, peers: list[str]):
    session = libtorrent.session({
        "listen_interfaces": f"{address}:{PORT}", "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        "enable_incoming_utp": False, "enable_outgoing_utp": False, "allow_multiple_connections_per_ip": True,
        "connection_speed": 200, "unchoke_slots_limit": 8, "alert_mask": libtorrent.alert.category_t.error_notification,
    })
    handle = session.add_torrent({"ti": libtorrent.torrent_info(str(torrent)), "save_path": str(folder)})
    for other in peers:
        handle.connect_peer((other, PORT))
    while not handle.status().is_seeding:
        time.sleep(0.02)
    print("done", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        peer(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5:])
