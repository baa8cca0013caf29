internal import Synchronization

/// What there is to look at, as a set: a thousand changes of one thing are one, and one ring may stand for several.
///
/// For one listener; until there is one nothing is kept.
package final class Gathering<Element: Hashable & Sendable>: Sendable {
    private struct State {
        var elements: Set<Element> = []
        var bell: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    package init() {}

    /// Rings when ``take()`` has something.
    ///
    /// Listen first, then read what is there: so nothing is missed.
    package func listen() -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.bell = bell }
        return stream
    }

    /// What was noted since the last call.
    package func take() -> Set<Element> {
        state.withLock { state in
            defer { state.elements.removeAll() }
            return state.elements
        }
    }

    package func note(_ elements: some Sequence<Element>) {
        let bell = state.withLock { state in
            if state.bell != nil { state.elements.formUnion(elements) }
            return state.bell
        }
        bell?.yield()
    }
}
