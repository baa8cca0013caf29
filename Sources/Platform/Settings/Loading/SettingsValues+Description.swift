extension SettingsValues: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Every value with its origin, a line each; secrets are `<secret>`.
    package var description: String {
        dump().map { "\($0.key) = \($0.value) (\($0.origin))" }.joined(separator: "\n")
    }

    /// As ``description``.
    package var debugDescription: String { description }

    /// The entries of ``dump()``, so that `Swift.dump` and debuggers show no secret.
    package var customMirror: Mirror {
        Mirror(self, children: dump().map { (label: $0.key, value: $0.value as Any) })
    }
}
