# Short names over meson and ninja.  `make demo` and `make test` are all that a
# newcomer needs.
BUILD ?= build
RUN    = $(BUILD)/src/cli/trialwright

# The run of the example lies beside it, where that can be written.
DEMO   = $(shell test -w examples/ran-kpi || echo -o $(BUILD)/run)

.PHONY: all deps demo test asan tsan faults attack endure fuzz lint fmt bench \
  model clean program install uninstall

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

deps:
	@tools/install-deps.sh

$(BUILD)/build.ninja: | deps
	@meson setup $(BUILD) >/dev/null

program: $(BUILD)/build.ninja
	@ninja -C $(BUILD) src/cli/trialwright

demo: program
	@$(RUN) run examples/ran-kpi/project.toml $(DEMO) || [ $$? -eq 1 ]

# Last, what was skipped: how often, why, and what installs it.
test: all
	@meson test -C $(BUILD) --print-errorlogs; status=$$?; \
	  sed -n 's/^ok .*# SKIP /skipped: /p' $(BUILD)/meson-logs/testlog.txt | \
	  sort | uniq -c; exit $$status

asan: deps
	@[ -d build-asan ] || meson setup build-asan -Db_sanitize=address,undefined \
	  -Db_lundef=false >/dev/null
	@meson test -C build-asan --suite unit --suite program --print-errorlogs \
	  --timeout-multiplier 10

tsan: deps
	@[ -d build-tsan ] || meson setup build-tsan -Db_sanitize=thread \
	  -Db_lundef=false >/dev/null
	@meson test -C build-tsan base/pool kern/gemm tensor/ops --print-errorlogs \
	  --timeout-multiplier 10

# Memory and file calls that fail, one after the other; of the jail's system
# calls every eighth (EVERY=1: all).
EVERY ?= 8
faults: deps
	@[ -d build-faults ] || meson setup build-faults -Dfaults=true >/dev/null
	@TW_FAULTS_EVERY=$(EVERY) meson test -C build-faults base/fault \
	  kern/backend tensor/faults llm/llm llm/vocab synth/gen jail/jail_faults --print-errorlogs

# Every attack in all surroundings, some minutes; best as root.
attack: all
	@ninja -C $(BUILD) attack-all

# What needs long: 10000 runs and what they leave, 1000 runs that are killed,
# every system call of the jail that fails.  For an idle machine.
endure: all
	@$(BUILD)/tests/jail/endure_jail
	@$(MAKE) --no-print-directory faults EVERY=1

# make fuzz SECONDS=60 TARGETS="toml json"; needs clang.
fuzz: SECONDS ?= 20
fuzz: deps
	@[ -d build-fuzz ] || CC=clang meson setup build-fuzz -Dfuzz=true \
	  -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@ninja -C build-fuzz fuzzers
	@tests/fuzz/run.sh build-fuzz $(SECONDS) $(TARGETS)

lint: all
	@tools/install-deps.sh lint
	@tools/check-layers.sh && tools/check-size.sh && tools/check-format.sh && \
	  tools/check-words.py && tools/check-circles.py $(BUILD)
	@tools/check-tidy.sh $(BUILD)

fmt:
	@clang-format -i $$(git ls-files 'src/*.[ch]' 'tests/*.[ch]' \
	  'perf/*.[ch]' 'tools/*.[ch]')

bench: all
	@tools/bench.sh $(BUILD)

# Trains the built-in model from scratch: hours on two cores; goes on after
# Ctrl-C.  docs/model.md says what to expect.
model: all
	@$(RUN) train builtin -o models/builtin.gguf --seed 1

# make install PREFIX=/usr DESTDIR=/tmp/package; uninstall removes what the
# last one put there.
PREFIX ?= /usr/local
install: $(BUILD)/build.ninja
	@meson configure $(BUILD) -Dprefix='$(PREFIX)'
	@ninja -C $(BUILD) src/cli/trialwright
	@DESTDIR='$(DESTDIR)' meson install -C $(BUILD) --no-rebuild --quiet

uninstall:
	@ninja -C $(BUILD) uninstall

clean:
	@rm -rf $(BUILD) build-asan build-tsan build-faults build-fuzz
