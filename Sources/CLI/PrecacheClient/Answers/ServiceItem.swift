/// A thing that the service answers with, alone or in a list, under names of its own.
public protocol ServiceItem: Decodable, Sendable {
    /// The name around one: `{"job": {…}}`.
    static var one: String { get }
    /// The name around many: `{"jobs": […], "next": …}`.
    static var many: String { get }
}

extension JobView: ServiceItem {
    public static let one = "job"
    public static let many = "jobs"
}

extension ResultView: ServiceItem {
    public static let one = "result"
    public static let many = "results"
}

extension HostView: ServiceItem {
    public static let one = "host"
    public static let many = "hosts"
}

extension AggregateView: ServiceItem {
    public static let one = "aggregate"
    public static let many = "aggregates"
}

extension ImageView: ServiceItem {
    public static let one = "image"
    public static let many = "images"
}
