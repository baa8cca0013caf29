/// How a process uses the database.
package enum StoreAccess: Sendable {
    /// The service: the only one at a time; brings the schema up to date.
    case service
    /// A short-lived command (`precached token …`) that may run beside the service.
    ///
    /// It brings the schema up to date only while no service runs.
    case tool
}
