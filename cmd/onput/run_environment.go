package main

import (
	"os"
	"path/filepath"
)

// localRuntimeVariables are set by the local Function Compute. The function gets the caller's values, or empty ones.
var localRuntimeVariables = []string{"FC_REGION", "FC_ACCOUNT_ID", "FC_FUNCTION_NAME", "FC_FUNCTION_HANDLER", "FC_FUNCTION_MEMORY_SIZE"}

// settings returns the environment variables that the function and the OSS SDK read. They hide the caller's, which may belong
// to a real cloud. An empty value counts as unset.
func (r *localRun) settings(rulesFile string) (map[string]string, error) {
	rulesFile, err := filepath.Abs(rulesFile)
	env := map[string]string{
		"OSS_ENDPOINT": r.cloud.Endpoint(), "OSS_REGION": r.cloud.Region(), "ONPUT_RULES": rulesFile,
		"OSS_ACCESS_KEY_ID": "", "OSS_ACCESS_KEY_SECRET": "", "OSS_SESSION_TOKEN": "", "ONPUT_MODE": "", "LOG_LEVEL": "",
		"FC_RUNTIME_API": "", "FC_SERVER_PORT": "", "FC_CUSTOM_LISTEN_PORT": "",
	}
	for _, name := range localRuntimeVariables {
		env[name] = os.Getenv(name)
	}
	return env, err
}

// environ returns the whole environment of the function. Of two values of a variable, the later one counts.
func (r *localRun) environ() []string {
	env := os.Environ()
	for name, value := range r.env {
		env = append(env, name+"="+value)
	}
	return env
}
