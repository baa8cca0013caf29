/// What is wrong with a value, as the end of a sentence that begins with it.
struct SettingFault: Error, Equatable {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
