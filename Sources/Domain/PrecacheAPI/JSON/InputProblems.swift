/// Collects what is wrong with a request, so that its sender learns of everything at once.
public struct InputProblems: Sendable {
    /// The most problems kept; more are counted only.
    public static let maximumKept = 100

    /// What is wrong, in the order found.
    public private(set) var list: [FieldProblem] = []
    /// How many there are, also those not kept.
    public private(set) var count = 0

    /// Nothing wrong yet.
    public init() {}

    /// Adds one.
    public mutating func add(_ field: String, _ message: String) {
        count += 1
        if list.count < Self.maximumKept { list.append(FieldProblem(field, message)) }
    }

    /// Whether nothing is wrong.
    public var isEmpty: Bool { count == 0 }
}
