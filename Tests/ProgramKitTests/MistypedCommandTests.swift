import ProgramKit
import Testing

@Suite struct MistypedCommandTests {
    @Test func aCommandThatIsNearIsSuggested() {
        let words = { (arguments: [String]) in
            Daemon.mistyped(arguments, among: ["serve", "settings", "check"])
        }
        #expect(
            words(["setings", "--listen-port", "1"])
                == "there is no command 'setings'; did you mean 'settings'?"
        )
        #expect(words(["--listen-port", "chekc"]) == nil)
        #expect(words(["a-secret-that-was-pasted"]) == nil, "what is near no command isn't repeated")
        #expect(words([]) == nil)
    }
}
