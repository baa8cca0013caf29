/// A thing that the service answers with, alone or in a list, under names of its own.
package protocol ServiceItem: Decodable, Sendable {
    /// The name around one: `{"job": {…}}`.
    static var one: String { get }
    /// The name around many: `{"jobs": […], "next": …}`.
    static var many: String { get }
}

extension JobView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "job"
    /// See ``ServiceItem/many``.
    package static let many = "jobs"
}

extension ResultView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "result"
    /// See ``ServiceItem/many``.
    package static let many = "results"
}

extension HostView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "host"
    /// See ``ServiceItem/many``.
    package static let many = "hosts"
}

extension AggregateView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "aggregate"
    /// See ``ServiceItem/many``.
    package static let many = "aggregates"
}

extension ImageView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "image"
    /// See ``ServiceItem/many``.
    package static let many = "images"
}

extension WebhookView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "webhook"
    /// See ``ServiceItem/many``.
    package static let many = "webhooks"
}

extension WebhookTestView: ServiceItem {
    /// See ``ServiceItem/one``.
    package static let one = "test"
    /// See ``ServiceItem/many``.
    package static let many = "tests"
}
