import CLinux
import Glibc
import Testing

@Suite struct CodePagesTests {
    /// A page of the program's code, and what /proc/self/pagemap says of it.
    private struct Page {
        static let size = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start: UInt

        init(of function: @convention(c) () -> Void) {
            start = UInt(bitPattern: unsafeBitCast(function, to: Int.self)) & ~(Self.size - 1)
        }

        var entry: UInt64 {
            let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            var entry: UInt64 = 0
            #expect(pread(file, &entry, 8, off_t(start / Self.size * 8)) == 8)
            return entry
        }

        var isPresent: Bool { entry >> 63 == 1 }
        var isOfFile: Bool { entry >> 61 & 1 == 1 }
    }

    @Test func whatRunsOnIsThereAgainAndWhatWasChangedStays() throws {
        let page = Page(of: clinux_idle_io)
        // As a debugger does that sets a breakpoint, or the kernel for a probe.
        let address = try #require(UnsafeMutableRawPointer(bitPattern: page.start))
        try #require(mprotect(address, Int(Page.size), PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
        address.storeBytes(of: address.load(as: UInt8.self), as: UInt8.self)
        try #require(mprotect(address, Int(Page.size), PROT_READ | PROT_EXEC) == 0)
        try #require(page.isPresent && !page.isOfFile)
        clinux_let_go_of_code()
        #expect(page.isPresent && !page.isOfFile)
        clinux_trim_heap()
    }
}
