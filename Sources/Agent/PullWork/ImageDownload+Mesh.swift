import ImageCache
import Logging
import PieceExchange
import PrecacheModel

/// An image that is exchanged with other hosts.
extension ImageDownload {
    /// Gets the image from neighbours where it is ordered so and this host can, else from its sources.
    func fetch(under lock: FetchLock) async throws(PullFailure) -> ImageOutcome {
        let (sources, relay, _) = sources.current
        guard let relay else { return try await fetchFromSources(nil, under: lock) }
        guard let access = context.configuration.mesh, let identity = access.identity else {
            guard sources.isEmpty else { return try await fetchFromSources(nil, under: lock) }
            throw PullFailure(
                .peersUnavailable,
                "this host takes no part in exchanges (peers.enabled, peers.upload_bytes_per_second, and a certificate that is good for a client, too)"
            )
        }
        var inherited: Int64 = 0
        do throws(PullFailure) {
            return try await exchange(by: access, identity, relay, under: lock, &inherited)
        } catch {
            // The wrong bytes may be those that an earlier download left: all come anew then.
            guard error.reason == .checksumMismatch, inherited > 0, !Task.isCancelled else { throw error }
            return try await fetch(under: lock)
        }
    }

    private func exchange(
        by access: MeshAccess,
        _ identity: RelayIdentity,
        _ order: RelayOrder,
        under lock: FetchLock,
        _ inherited: inout Int64
    ) async throws(PullFailure) -> ImageOutcome {
        progress.beginExchange()
        // Before what is there is opened anew, which ends that.
        let earlier = earlierGift(order)
        let staged = try await writer(nil, pieceBytes: order.pieceBytes)
        inherited = staged.resumedBytes
        let transfer = MeshTransfer(
            expected,
            sources: sources,
            access: access,
            identity: identity,
            context: context,
            progress: progress,
            have: staged.length,
            earlier: earlier
        )
        guard let transfer else {
            await staged.keep()
            throw PullFailure(
                .internal,
                "an image without size or digest can't be had from neighbours",
                isRetryable: false
            )
        }
        do throws(PullFailure) {
            switch try await transfer.run(into: staged) {
            case .whole:
                // Of a file that turns out to be wrong nothing is left.
                let suspicion = transfer.suspicion
                let outcome: ImageOutcome
                do throws(PullFailure) {
                    outcome = try await finish(staged, under: lock)
                } catch {
                    throw suspect(suspicion, of: error)
                }
                // Another's image says nothing of the bytes that came here.
                if outcome.outcome == .cached { await transfer.wasRight() }
                return outcome.with(progress)
            case .toSource: break
            }
        } catch {
            await staged.keepPieces()
            throw error
        }
        context.logger.info(
            "going on from the source instead of the neighbours",
            metadata: ["image": "\(expected.id)", "offset": "\(staged.length)"]
        )
        return try await fetchFromSources(staged, under: lock).with(progress)
    }

    /// Whose pieces came to wrong bytes is said, and kept in mind until the right ones are there.
    private func suspect(_ suspicion: Suspicion?, of failure: PullFailure) -> PullFailure {
        guard failure.reason == .checksumMismatch, let suspicion, let content = expected.digest else {
            return failure
        }
        context.suspicions.add(suspicion, of: content)
        var failure = failure
        failure.detail += "; its pieces were sealed by \(suspicion.seeds.joined(separator: ", "))"
        return failure
    }

    /// The image is right: whoever sealed other bytes of it before is named.
    func judge(by file: PieceFile) async {
        guard let content = expected.digest, let suspicion = context.suspicions.take(content) else { return }
        await suspicion.blame(by: file, progress, context, of: content)
        file.close()
    }

    /// What this host is to exchange, with which ticket; nil for nothing.
    func expectedExchange() -> (content: Digest, ticket: String)? {
        guard context.configuration.mesh?.identity != nil, let order = sources.current.relay,
            let content = expected.digest
        else { return nil }
        return (content, order.ticket)
    }

    /// What an earlier attempt had from seeds, and may be given on if it is still there.
    private func earlierGift(_ order: RelayOrder) -> (seals: SealBook, sealed: [Int: PieceSeal])? {
        guard let content = expected.digest, let relay = context.shelf.relay(of: content),
            relay.layout.pieceBytes == order.pieceBytes, relay.layout.sizeBytes == expected.sizeBytes
        else { return nil }
        return (relay.seals, relay.sealed)
    }

    /// Gives an image that was there before, as the seed that it is ordered to be: it costs the source nothing.
    func giveExisting() async {
        guard let order = sources.current.relay, let seed = order.seed, let content = expected.digest,
            let size = expected.sizeBytes, let access = context.configuration.mesh,
            let identity = access.identity
        else { return }
        let layout = PieceLayout(sizeBytes: size, pieceBytes: order.pieceBytes)
        // Who has it already from here, by whatever ticket, goes on as it is.
        if let relay = context.shelf.relay(of: content), relay.file.isOpen, relay.layout == layout,
            relay.isWhole || !relay.hasEnded
        {
            relay.seals.admit(order.ticket)
            relay.admit(order.ticket)
            relay.becomeSeed(relay.isWhole ? .all(layout.count) : PieceSet(size: layout.count))
            return relay.show(seed.warrant, context.logger)
        }
        guard let file = await cache.give(expected) else { return }
        let relay = Relay(
            content: content,
            layout: layout,
            file: file,
            seals: SealBook(identity, content: content, ticket: order.ticket),
            ticket: order.ticket
        )
        relay.becomeSeed(.all(layout.count))
        relay.show(seed.warrant, context.logger)
        relay.end()
        relay.open(for: min(order.serve, access.serve), on: context.shelf, context.loop)
    }
}
