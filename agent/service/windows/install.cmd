@echo off
rem Installs the agent for the whole device, asking nobody, and starts it as a service:
rem     install.cmd --url https://rollcall.example.org --token-file token [--ca-file ca.pem]
rem Status 0 when it runs, else 1. Again, or from a newer archive: an upgrade that keeps identity and reports.
setlocal
set "HERE=%~dp0"
rem Intune is a 32-bit program, whose own %ProgramFiles% is another folder.
set "ROOT=%ProgramFiles%"
if defined ProgramW6432 set "ROOT=%ProgramW6432%"
set "THERE=%ROOT%\Rollcall agent"
set "SHOWN=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Rollcall agent"
"%HERE%python\python.exe" -I -m rollcall_agent.cli service uninstall --keep-state
if errorlevel 1 exit /b 1
if exist "%THERE%" rmdir /s /q "%THERE%"
xcopy "%HERE%python" "%THERE%\" /e /q /y >nul
if errorlevel 1 exit /b 1
copy /y "%HERE%uninstall.cmd" "%THERE%\" >nul
copy /y "%HERE%LICENSE" "%THERE%\" >nul
"%THERE%\python.exe" -I -m rollcall_agent.cli service install %*
if errorlevel 1 exit /b 1
reg add "%SHOWN%" /v DisplayName /d "Rollcall agent" /f /reg:64 >nul
reg add "%SHOWN%" /v UninstallString /d "\"%THERE%\uninstall.cmd\"" /f /reg:64 >nul
reg add "%SHOWN%" /v QuietUninstallString /d "\"%THERE%\uninstall.cmd\"" /f /reg:64 >nul
exit /b 0
