package main

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tlsaudit/internal/schedule"
)

// The manifests are decoded into these types, which name the fields that may be
// used, as the API of Kubernetes spells them, and refuse all others: a field that
// is misspelt or in the wrong place is dropped by a server that is lenient.
type (
	kubeMetadata struct {
		Name   string            `yaml:"name"`
		Labels map[string]string `yaml:"labels"`
	}
	kubeObject struct {
		APIVersion string       `yaml:"apiVersion"`
		Kind       string       `yaml:"kind"`
		Metadata   kubeMetadata `yaml:"metadata"`
	}
	kubeCronJob struct {
		kubeObject `yaml:",inline"`
		Spec       struct {
			Schedule                   string `yaml:"schedule"`
			TimeZone                   string `yaml:"timeZone"`
			ConcurrencyPolicy          string `yaml:"concurrencyPolicy"`
			StartingDeadlineSeconds    int64  `yaml:"startingDeadlineSeconds"`
			SuccessfulJobsHistoryLimit int32  `yaml:"successfulJobsHistoryLimit"`
			FailedJobsHistoryLimit     int32  `yaml:"failedJobsHistoryLimit"`
			JobTemplate                struct {
				Spec struct {
					BackoffLimit          int32           `yaml:"backoffLimit"`
					ActiveDeadlineSeconds int64           `yaml:"activeDeadlineSeconds"`
					Template              kubePodTemplate `yaml:"template"`
				} `yaml:"spec"`
			} `yaml:"jobTemplate"`
		} `yaml:"spec"`
	}
	kubeDeploy struct {
		kubeObject `yaml:",inline"`
		Spec       struct {
			Replicas int32                 `yaml:"replicas"`
			Strategy struct{ Type string } `yaml:"strategy"`
			Selector struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			} `yaml:"selector"`
			Template kubePodTemplate `yaml:"template"`
		} `yaml:"spec"`
	}
	kubeClaim struct {
		kubeObject `yaml:",inline"`
		Spec       struct {
			AccessModes []string `yaml:"accessModes"`
			Resources   struct {
				Requests map[string]string `yaml:"requests"`
			} `yaml:"resources"`
		} `yaml:"spec"`
	}
	kubeService struct {
		kubeObject `yaml:",inline"`
		Spec       struct {
			Selector map[string]string `yaml:"selector"`
			Ports    []struct {
				Name       string `yaml:"name"`
				Port       int32  `yaml:"port"`
				TargetPort string `yaml:"targetPort"`
			} `yaml:"ports"`
		} `yaml:"spec"`
	}
	kubePodTemplate struct {
		Metadata struct {
			Labels map[string]string `yaml:"labels"`
		} `yaml:"metadata"`
		Spec kubePod `yaml:"spec"`
	}
	kubePod struct {
		RestartPolicy                 string `yaml:"restartPolicy"`
		AutomountServiceAccountToken  *bool  `yaml:"automountServiceAccountToken"`
		EnableServiceLinks            *bool  `yaml:"enableServiceLinks"`
		TerminationGracePeriodSeconds int64  `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               struct {
			RunAsNonRoot   bool  `yaml:"runAsNonRoot"`
			RunAsUser      int64 `yaml:"runAsUser"`
			RunAsGroup     int64 `yaml:"runAsGroup"`
			FSGroup        int64 `yaml:"fsGroup"`
			SeccompProfile struct {
				Type string `yaml:"type"`
			} `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		Containers []kubeContainer `yaml:"containers"`
		Volumes    []kubeVolume    `yaml:"volumes"`
	}
	kubeContainer struct {
		Name  string   `yaml:"name"`
		Image string   `yaml:"image"`
		Args  []string `yaml:"args"`
		Ports []struct {
			Name          string `yaml:"name"`
			ContainerPort int32  `yaml:"containerPort"`
		} `yaml:"ports"`
		Env []struct {
			Name      string `yaml:"name"`
			Value     string `yaml:"value"`
			ValueFrom *struct {
				SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
			} `yaml:"valueFrom"`
		} `yaml:"env"`
		SecurityContext struct {
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
		Resources struct {
			Requests, Limits map[string]string
		} `yaml:"resources"`
		LivenessProbe  *kubeProbe  `yaml:"livenessProbe"`
		ReadinessProbe *kubeProbe  `yaml:"readinessProbe"`
		VolumeMounts   []kubeMount `yaml:"volumeMounts"`
	}
	kubeMount struct {
		Name      string `yaml:"name"`
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	}
	kubeProbe struct {
		HTTPGet        struct{ Path, Port, Scheme string } `yaml:"httpGet"`
		PeriodSeconds  int32                               `yaml:"periodSeconds"`
		TimeoutSeconds int32                               `yaml:"timeoutSeconds"`
	}
	kubeVolume struct {
		Name      string                 `yaml:"name"`
		ConfigMap *struct{ Name string } `yaml:"configMap"`
		Secret    *struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int32  `yaml:"defaultMode"`
		} `yaml:"secret"`
		EmptyDir *struct {
			SizeLimit string `yaml:"sizeLimit"`
		} `yaml:"emptyDir"`
		PersistentVolumeClaim *struct {
			ClaimName string `yaml:"claimName"`
		} `yaml:"persistentVolumeClaim"`
	}
)

// kubeKinds are the objects the manifests may have, by version and kind.
var kubeKinds = map[string]func() any{
	"batch/v1 CronJob":         func() any { return new(kubeCronJob) },
	"apps/v1 Deployment":       func() any { return new(kubeDeploy) },
	"v1 PersistentVolumeClaim": func() any { return new(kubeClaim) },
	"v1 Service":               func() any { return new(kubeService) },
}

// readManifests decodes a file strictly, object by object.
func readManifests(text string) (objects []any, err error) {
	loose := yaml.NewDecoder(strings.NewReader(text))
	strict := yaml.NewDecoder(strings.NewReader(text))
	strict.KnownFields(true)
	for {
		var head kubeObject
		switch err := loose.Decode(&head); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		}
		build, known := kubeKinds[head.APIVersion+" "+head.Kind]
		if !known {
			return nil, errors.New("no kind of object is called " + head.APIVersion + " " + head.Kind)
		}
		one := build()
		if err := strict.Decode(one); err != nil {
			return nil, err
		}
		objects = append(objects, one)
	}
}

func TestDeployManifests(t *testing.T) {
	jobs, err := readManifests(deployed(t, "kubernetes/cronjob.yaml"))
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d objects, %v", len(jobs), err)
	}
	job := jobs[0].(*kubeCronJob).Spec
	if _, err := schedule.FromFlags([]string{job.Schedule}, job.TimeZone); err != nil {
		t.Error(err)
	}
	if job.ConcurrencyPolicy != "Forbid" || job.StartingDeadlineSeconds < 10 || job.JobTemplate.Spec.ActiveDeadlineSeconds == 0 || job.JobTemplate.Spec.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("%+v", job)
	}
	wantPod(t, job.JobTemplate.Spec.Template.Spec, "audit")

	objects, err := readManifests(deployed(t, "kubernetes/serve.yaml"))
	if err != nil || len(objects) != 3 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	state, program, door := objects[0].(*kubeClaim), objects[1].(*kubeDeploy), objects[2].(*kubeService)
	labels := program.Spec.Template.Metadata.Labels
	if !reflect.DeepEqual(program.Spec.Selector.MatchLabels, labels) || !reflect.DeepEqual(door.Spec.Selector, labels) {
		t.Errorf("selectors and labels differ: %v, %v, %v", program.Spec.Selector.MatchLabels, door.Spec.Selector, labels)
	}
	if program.Spec.Replicas != 1 || program.Spec.Strategy.Type != "Recreate" {
		t.Error("a file has one writer, and sessions live in one process")
	}
	pod := program.Spec.Template.Spec
	wantPod(t, pod, "serve")
	if !slices.ContainsFunc(pod.Volumes, func(v kubeVolume) bool {
		return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == state.Metadata.Name
	}) || pod.SecurityContext.FSGroup != 65532 || state.Spec.Resources.Requests["storage"] == "" {
		t.Error("the state is not on the volume that is claimed, or not writable there")
	}
	c := pod.Containers[0]
	wantListener(t, c)
	for path, p := range map[string]*kubeProbe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if p == nil || p.HTTPGet.Path != path || p.HTTPGet.Port != c.Ports[0].Name || p.HTTPGet.Scheme != "HTTPS" {
			t.Errorf("the probe of %s: %+v", path, p)
		}
	}
	if door.Spec.Ports[0].TargetPort != c.Ports[0].Name {
		t.Error("the service leads to no port")
	}
}

// wantListener: what listens beyond loopback has its port and the certificate that
// is mounted, under the names that a secret of the type tls has.
func wantListener(t *testing.T, c kubeContainer) {
	t.Helper()
	i := slices.IndexFunc(c.VolumeMounts, func(m kubeMount) bool { return m.Name == "certificate" })
	if i < 0 {
		t.Fatal("no certificate is mounted")
	}
	folder := c.VolumeMounts[i].MountPath
	for _, want := range []string{fmt.Sprintf("--listen=0.0.0.0:%d", c.Ports[0].ContainerPort), "--tls-cert=" + folder + "/tls.crt", "--tls-key=" + folder + "/tls.key"} {
		if !slices.Contains(c.Args, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// wantPod holds a pod to its command line and to the rights it may have.
func wantPod(t *testing.T, p kubePod, command string) {
	t.Helper()
	if len(p.Containers) != 1 {
		t.Fatalf("%d containers", len(p.Containers))
	}
	c, security := p.Containers[0], p.SecurityContext
	wantCommand(t, append([]string{"tlsaudit"}, c.Args...), command)
	if !security.RunAsNonRoot || security.RunAsUser != 65532 || security.SeccompProfile.Type != "RuntimeDefault" ||
		p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken || p.EnableServiceLinks == nil || *p.EnableServiceLinks {
		t.Errorf("%s: the pod has more rights than it needs: %+v", command, p)
	}
	if s := c.SecurityContext; !s.ReadOnlyRootFilesystem || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
		t.Errorf("%s: the container has more rights than it needs: %+v", command, s)
	}
	if c.Resources.Limits["memory"] == "" || c.Resources.Requests["memory"] == "" || strings.HasSuffix(c.Image, ":latest") || !strings.Contains(c.Image, ":") {
		t.Errorf("%s: no bound of memory, or an image without a version", command)
	}
	var mounted []string
	for _, m := range c.VolumeMounts {
		mounted = append(mounted, m.Name)
		if strings.HasPrefix(m.MountPath, "/etc/") != m.ReadOnly {
			t.Errorf("%s: %s is to be read, or to be written: %+v", command, m.MountPath, m)
		}
	}
	var volumes []string
	for _, v := range p.Volumes {
		volumes = append(volumes, v.Name)
	}
	if !slices.Equal(mounted, volumes) {
		t.Errorf("%s: mounts %q of volumes %q", command, mounted, volumes)
	}
	named := slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "--db=") })
	for _, e := range c.Env {
		if e.Name == "TLSAUDIT_DB" {
			named = e.Value == "" && e.ValueFrom != nil && e.ValueFrom.SecretKeyRef.Key != ""
		}
	}
	if !named {
		t.Errorf("%s: no history is named, or a secret is written down", command)
	}
}

// TestManifestsObject: what a lenient server would drop is a fault here.
func TestManifestsObject(t *testing.T) {
	text := deployed(t, "kubernetes/cronjob.yaml")
	for old, wrong := range map[string]string{
		"concurrencyPolicy:":           "concurencyPolicy:",
		"startingDeadlineSeconds: 72":  "startingDeadlineSeconds: x72",
		"readOnlyRootFilesystem: true": "readOnlyRootFileSystem: true",
		"batch/v1":                     "batch/v1beta1",
		"restartPolicy: Never":         "restartPolicy: [Never]",
		"          volumes:":           "          volume:",
	} {
		if changed := strings.Replace(text, old, wrong, 1); changed == text {
			t.Errorf("%q is not there", old)
		} else if _, err := readManifests(changed); err == nil {
			t.Errorf("%q is not found", wrong)
		}
	}
}
