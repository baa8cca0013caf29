import ImageService
import Synchronization

/// Tokens `t1`, `t2`…, a new one after each that was let go of.
final class FakeAccess: CloudAccess {
    let list: [String]
    private let state = Mutex((number: 1, discarded: [String]()))

    init(_ endpoints: [String]) { list = endpoints }

    var discarded: [String] { state.withLock { $0.discarded } }

    func token() async throws(ImageServiceError) -> String { "t\(state.withLock { $0.number })" }

    func discard(_ token: String) {
        state.withLock { state in
            state.discarded.append(token)
            if token == "t\(state.number)" { state.number += 1 }
        }
    }

    func endpoints() async throws(ImageServiceError) -> [String] { list }
}
