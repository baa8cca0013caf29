/// What the service answered, read and as it came.
package struct Reply<Value: Sendable>: Sendable {
    /// The answer, as far as this client understands it.
    package let value: Value
    /// The answer's JSON as it came, so that nothing the client doesn't know is lost for scripts.
    package let body: [UInt8]
}
