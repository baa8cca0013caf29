import Synchronization

/// Some loops, to spread connections over.
package final class EventLoopGroup: Sendable {
    /// The loops, in the order in which they were made.
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Starts the loops.
    ///
    /// - Parameters:
    ///   - count: How many; at least one is made.
    ///   - name: What to call them; a number is appended where there are several.
    /// - Throws: The ``SystemError`` of the loop that could not start; those before it are stopped.
    package init(count: Int, name: String) throws(SystemError) {
        var loops: [EventLoop] = []
        for index in 0..<max(1, count) {
            do {
                loops.append(try EventLoop(name: count > 1 ? "\(name)-\(index)" : name))
            } catch {
                for loop in loops { loop.stop() }
                throw error
            }
        }
        self.loops = loops
    }

    /// The loops in turn.
    package func next() -> EventLoop {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
    }

    /// Stops them all and joins their threads.
    package func stop() {
        for loop in loops { loop.stop() }
    }
}
