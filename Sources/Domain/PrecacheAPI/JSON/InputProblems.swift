/// Collects what is wrong with a request, so that its sender learns of everything at once.
package struct InputProblems: Sendable {
    /// The most problems kept; more are counted only.
    package static let maximumKept = 100

    /// What is wrong, in the order found.
    package private(set) var list: [FieldProblem] = []
    /// How many there are, also those not kept.
    package private(set) var count = 0

    /// Nothing wrong yet.
    package init() {}

    /// Adds one.
    package mutating func add(_ field: String, _ message: String) {
        count += 1
        if list.count < Self.maximumKept { list.append(FieldProblem(field, message)) }
    }

    /// Whether nothing is wrong.
    package var isEmpty: Bool { count == 0 }
}
