import PieceExchange
import PrecacheModel

/// What the service wants of this host, which it may say anew meanwhile, and what it says of seeds.
extension MeshTransfer {
    /// Takes the neighbours and the part of the source that an order names, beside what there is.
    func adopt(_ order: RelayOrder) {
        seals.admit(order.ticket)
        for neighbour in order.neighbours {
            if let known = links.firstIndex(where: { $0.place == neighbour.place }) {
                links[known].admit(order.ticket)
                continue
            }
            _ = picker.add(isFar: neighbour.isFar)
            links.append(
                NeighbourLink(
                    place: neighbour.place,
                    isFar: neighbour.isFar,
                    content: content,
                    tickets: [order.ticket],
                    trace: order.trace,
                    layout: layout,
                    access: access,
                    fetcher: context.fetcher,
                    loop: context.loop
                )
            )
        }
        // Another job's order leaves a seed what it is.
        if let part = order.seed {
            reading = SourceTurn(part, after: reading)
        } else if order.ticket == self.order.ticket {
            reading = nil
        }
        self.order = order
    }

    /// Goes over to a newer attempt's order: other neighbours, or the source for who had none.
    func followOrder(_ relay: Relay) {
        let (sources, wanted, generation) = sources.current
        guard generation != self.generation else { return }
        self.generation = generation
        isLeaving = wanted == nil && !sources.isEmpty
        guard let wanted else { return }
        adopt(wanted)
        relay.admit(wanted.ticket)
        showOneself(relay)
    }

    /// A seed tells its neighbours that it is one.
    func showOneself(_ relay: Relay) {
        guard let seed = order.seed else { return }
        // What an earlier download left and no seed sealed may be damaged: the digest will tell.
        relay.becomeSeed(PieceSet(size: layout.count))
        relay.show(seed.warrant, context.logger)
    }

    /// A neighbour showed that another host, or itself, is a seed.
    func take(_ proof: SealBook.Proof, of seed: HostName, from number: Int, _ relay: Relay) {
        guard proofs[number, default: 0] < Self.maximumProofs, !seals.knows(seed, proof) else { return }
        proofs[number, default: 0] += 1
        guard case .new(let proof) = seals.take(seed, proof) else { return }
        relay.tell(seed: seed, proof)
        picker.believe(at: now)
    }

    /// A neighbour passes on one of each seed, and some that are for others; each costs some time to look at.
    private static let maximumProofs = 64
}
