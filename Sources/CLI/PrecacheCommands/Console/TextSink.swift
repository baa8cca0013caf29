/// Where text goes: standard output, standard error, or a test's memory.
package protocol TextSink: Sendable {
    /// Writes the whole text.
    ///
    /// Throws ``OutputClosed`` once nobody reads any more.
    func write(_ text: String) throws(OutputClosed)
}
