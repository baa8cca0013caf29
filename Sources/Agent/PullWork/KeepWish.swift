import Synchronization

/// How long those who wait for a download want its image kept: the longest wish counts.
final class KeepWish: Sendable {
    private let wish: Mutex<(longest: Duration?, granted: Duration?)>

    init(_ keep: Duration?) { wish = Mutex((keep, nil)) }

    /// Adds a wish.
    func add(_ keep: Duration?) {
        guard let keep else { return }
        wish.withLock { $0.longest = max($0.longest ?? keep, keep) }
    }

    /// What to pin the image for now that it is there; wishes that come later aren't granted by it.
    func grant() -> Duration? {
        wish.withLock { wish in
            wish.granted = wish.longest
            return wish.longest
        }
    }

    /// Whether the pin that the download set is shorter than this.
    func isShorter(than keep: Duration) -> Bool { wish.withLock { $0.granted.map { $0 < keep } ?? true } }
}
