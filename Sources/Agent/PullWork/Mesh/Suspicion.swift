import ImageCache
import Logging
import PrecacheModel
import Synchronization
import Telemetry

/// Whose word there is for pieces that may be wrong: once the image's own digest is right, its bytes tell who lied.
///
/// Seals were looked at when they came, so each is what its seed said, whoever handed it on.
struct Suspicion: Sendable {
    private let sealed: [Int: PieceSeal]
    private let seals: SealBook
    private let layout: PieceLayout

    /// Nil where nobody but this host sealed anything.
    init?(_ sealed: [Int: PieceSeal], _ seals: SealBook, _ layout: PieceLayout) {
        self.sealed = sealed.filter { $0.value.seed != seals.identity.host }
        (self.seals, self.layout) = (seals, layout)
        guard !self.sealed.isEmpty else { return nil }
    }

    /// Who sealed them, by name; a mesh has few.
    var seeds: [String] { Set(sealed.values.map(\.seed.text)).sorted().prefix(8).map(\.self) }

    /// Names who sealed other bytes than the file has, which are right, with the first piece of each.
    func blame(
        by file: PieceFile,
        _ progress: ImageProgress,
        _ context: PullContext,
        of content: Digest
    ) async {
        var liars: Set<HostName> = []
        for (piece, seal) in sealed.sorted(by: { $0.key < $1.key }) where !liars.contains(seal.seed) {
            guard let bytes = try? await file.read(layout.bytes(of: piece)),
                let isRight = try? await file.compute({ [seals, layout] in
                    seals.isRight(seal, piece, layout, bytes)
                })
            else { return }
            guard isRight == false else { continue }
            liars.insert(seal.seed)
            // It may be the source now that the image comes from.
            progress.beginExchange()
            context.blame(
                seal.seed,
                "piece \(piece), which it sealed, is not the image's",
                progress,
                of: content
            )
        }
    }
}

/// The newest images that came to wrong bytes, until they are there with the right ones.
final class Suspicions: Sendable {
    private let all = Mutex<[(content: Digest, suspicion: Suspicion)]>([])

    /// About a mebibyte each, with the seals of all pieces.
    private static let limit = 4

    func add(_ suspicion: Suspicion, of content: Digest) {
        all.withLock { all in
            all.removeAll { $0.content == content }
            all.append((content, suspicion))
            all = all.suffix(Self.limit)
        }
    }

    func has(_ content: Digest?) -> Bool { all.withLock { $0.contains { $0.content == content } } }

    func take(_ content: Digest) -> Suspicion? {
        all.withLock { all in
            all.firstIndex { $0.content == content }.map { all.remove(at: $0).suspicion }
        }
    }
}

extension PullContext {
    /// A host gave something wrong: that is counted, logged, and told to the service.
    func blame(_ host: HostName, _ why: String, _ progress: ImageProgress, of content: Digest) {
        metrics.peerFaults.increment()
        progress.change { $0.faults.append((host, why)) }
        logger.warning(
            "neighbour gave something wrong",
            metadata: ["host": "\(host)", "content": "\(content)", "why": "\(why)"]
        )
    }
}
