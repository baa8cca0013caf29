public import PrecacheModel

/// Checks of single texts.
public enum InputCheck {
    /// The value that `make` gives; nil, and its message noted, if it refuses the text.
    public static func value<Value>(
        _ text: String,
        field: String,
        _ problems: inout InputProblems,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        do throws(InvalidValue) {
            return try make(text)
        } catch {
            problems.add(field, error.description)
            return nil
        }
    }
}
